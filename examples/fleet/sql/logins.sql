-- The failed logins of `summary`, by network and user.
select coalesce(client_network, '') as network, coalesce(sasl_username, '') as login, count(*) as failures
from events
where event = 'auth_failure'
group by coalesce(client_network, ''), coalesce(sasl_username, '')
order by network, login
